# Draws results/readme.svg from a run's logs and a comparison's rounds:
#   gnuplot Benchmarks/figure.gnuplot
set datafile separator ","
set terminal svg size 900,340 font "sans-serif,12" background "white"
set output "results/readme.svg"
set multiplot layout 1,2
set border 3
set tics nomirror

set title "ResNet-20 on CIFAR-10, five epochs"
set xlabel "epoch"
set ylabel "error (%)"
set xrange [0:5]
set yrange [0:100]
set key top right
plot "results/five-epochs/train.csv" using 2:($5*100) every ::1 with lines lw 1.5 lc "#f0b27a" title "training", \
     "results/five-epochs/evaluation.csv" using 2:($5*100) every ::1 with linespoints lw 2.5 pt 7 ps 0.6 lc "#d35400" title "test"

set title "A step of 128 images on two cores, every round"
unset xlabel
set ylabel "ms"
set xrange [0.5:3.5]
set yrange [0:*]
set xtics ("DistTrain fp32" 1, "PyTorch bf16" 2, "PyTorch fp32" 3)
set grid ytics
unset key
place(side) = side eq "DistTrain" ? 1 : side[1:12] eq "PyTorch bf16" ? 2 : 3
plot "results/torch-20.csv" using (strcol(1) eq "torch" ? place(strcol(5)) : NaN):6:(0.6) every ::1 with boxes fill transparent solid 0.12 lc "#2471a3", \
     "" using (place(strcol(5))):6 every ::1 with points pt 7 ps 0.7 lc "#2471a3"
unset multiplot
